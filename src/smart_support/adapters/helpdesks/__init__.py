"""Helpdesks that are told what became of their tickets: each is a Writer, and one of them is asked for its tickets."""
