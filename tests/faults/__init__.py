"""What is left when something breaks: workers killed, the queue emptied, the database restarted."""
