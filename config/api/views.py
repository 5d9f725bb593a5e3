"""The page that describes the API, made from its own schema."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.urls import reverse
from django.views.decorators.http import require_GET
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.views import APIView

from config.kernel.pages import Action, render_page

METHODS = ("get", "post", "put", "patch", "delete")


@extend_schema(exclude=True)
class NothingHere(APIView):
    """Every address below the API that means nothing."""

    def initial(self, request, *args, **kwargs):
        """Whatever the method: who is signed in hears that there is nothing here."""
        super().initial(request, *args, **kwargs)
        raise NotFound("There is nothing at this address of the API.")


@login_required
@require_GET
def documentation(request):
    """Addresses, parameters and answers of the API, without scripts from elsewhere."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    return render_page(
        request,
        "api/documentation.html",
        {
            "title": "Programming interface",
            "subtitle": "The same answers and the same permissions as the pages, as JSON",
            "operations": list(_operations(schema)),
            "actions": [
                Action("OpenAPI schema", url=reverse("api:schema"), icon="download"),
                Action("Your tokens", url=reverse("accounts:me"), icon="key"),
            ],
        },
    )


def _operations(schema: dict[str, Any]):
    for path, methods in sorted(schema["paths"].items()):
        for method in METHODS:
            operation = methods.get(method)
            if operation is None:
                continue
            first, _, rest = operation.get("description", "").partition("\n")
            yield {
                "method": method.upper(),
                "path": path,
                "summary": operation.get("summary") or first,
                "description": (rest if not operation.get("summary") else first + "\n" + rest).strip(),
                "parameters": [
                    {
                        "name": parameter["name"],
                        "required": parameter.get("required", False),
                        "kind": parameter.get("schema", {}).get("format")
                        or parameter.get("schema", {}).get("type", ""),
                        "description": parameter.get("description", ""),
                    }
                    for parameter in operation.get("parameters", [])
                    if parameter["in"] in ("query", "path")
                ],
            }
