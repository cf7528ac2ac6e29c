"""Assignment: which agent gets which of the waiting tickets, all at once."""
