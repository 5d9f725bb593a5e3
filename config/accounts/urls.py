"""Addresses of a person's own account."""

from django.urls import path

from config.accounts.views import me, saved_lists

app_name = "accounts"

urlpatterns = [
    path("me/", me.me, name="me"),
    path("me/tokens/new/", me.token_new, name="token_new"),
    path("me/tokens/<uuid:uid>/revoke/", me.token_revoke, name="token_revoke"),
    path("me/lists/new/<str:page>/", saved_lists.saved_list_new, name="saved_list_new"),
    path("me/lists/<uuid:uid>/", saved_lists.saved_list, name="saved_list"),
    path("me/lists/<uuid:uid>/delete/", saved_lists.saved_list_delete, name="saved_list_delete"),
]
