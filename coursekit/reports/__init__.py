"""What an instructor wants to know about a class: how far it is, which items work, and lists for other systems."""
