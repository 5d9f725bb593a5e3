"""Addresses of the frame: Today, search, facility switch, help."""

from django.conf import settings
from django.urls import path

from config.home import gallery
from config.home.views import frame, search

app_name = "home"

urlpatterns = [
    path("", frame.today, name="today"),
    path("today/<str:code>/", frame.queue, name="queue"),
    path("search/", search.search, name="search"),
    path("facility/", frame.switch_facility, name="switch_facility"),
    path("help/", frame.help_page, name="help"),
]

if settings.STANDING_GALLERY:
    urlpatterns += [
        path("gallery/<slug:show>/", gallery.gallery, name="gallery"),
    ]
