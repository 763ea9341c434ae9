"""Pictures: each function takes finished numbers and labels and returns one SVG."""
