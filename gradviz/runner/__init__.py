"""The worker process, its limits, and what an untrusted script may do."""
