"""Every notice: to whom, in what words; the inbox, mail, digests and reminders."""
