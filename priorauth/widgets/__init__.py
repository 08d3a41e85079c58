"""Interactive tools, one file each. Import the one you need: nothing is loaded here."""
