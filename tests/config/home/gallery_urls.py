"""The site with the gallery, for its tests."""

from django.urls import path

from config.home.gallery import gallery
from config.urls import urlpatterns as site

urlpatterns = [path("gallery/<slug:show>/", gallery), *site]
