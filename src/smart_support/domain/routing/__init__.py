"""Which agents a ticket may go to: rules, and what they say of a case."""
