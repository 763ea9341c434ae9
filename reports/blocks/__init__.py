"""What a page is made of: paragraphs, lists, tables and figures, in sections, in a document."""
