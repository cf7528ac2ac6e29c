"""What must not leave with a text: card numbers, IBANs, mail addresses, phone numbers and tokens."""
