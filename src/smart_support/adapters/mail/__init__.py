"""Mail: read from mailboxes by IMAP, sent by SMTP."""
