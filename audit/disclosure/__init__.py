"""What leaves the house: files unpacked and searched for what few patients have, before they may go."""
