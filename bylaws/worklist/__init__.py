"""Queues of this room on the Today page; each module is imported here, which lists its queues."""

from bylaws.worklist import compliance, documents, meetings, organization, requests, reviews, suspensions

__all__ = ["compliance", "documents", "meetings", "organization", "requests", "reviews", "suspensions"]
