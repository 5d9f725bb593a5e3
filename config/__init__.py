"""Composition: settings, entry points and the rooms every other room stands on."""

from config.celery import app as celery_app

__all__ = ("celery_app",)
