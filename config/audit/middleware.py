"""Gives every request an id, which its audit events and log lines carry and the answer repeats."""

from config.audit.context import request_context


class RequestContextMiddleware:
    """Set the request id for the time of one request."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        with request_context() as name:
            request.request_id = name
            response = self.get_response(request)
            response["X-Request-ID"] = name
            return response
