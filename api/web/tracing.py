"""OpenTelemetry spans, one a request, where they are wanted: an extra, set up by its own `OTEL_` variables."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from flask import Flask, Response, g, request

from api.settings import SettingProblem

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer


def needed() -> None:
    """Raise `SettingProblem` where the extra is not installed."""
    try:
        import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
        import_module("opentelemetry.sdk.trace.export")
    except ImportError as problem:
        message = "`LEEWAY_TELEMETRY` is set, and its extra is missing: pip install 'leeway[telemetry]'"
        raise SettingProblem(message) from problem


def exporting() -> Tracer:
    """Return a tracer whose spans are sent by OTLP; raise `ImportError` where the extra is not installed."""
    from opentelemetry import trace  # noqa: PLC0415 - an extra
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - an extra
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - an extra
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - an extra
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - an extra

    provider = TracerProvider(resource=Resource.create({"service.name": "leeway"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return provider.get_tracer("leeway")


def register(app: Flask, tracer: Tracer) -> None:
    """Have an application make a span of each request, within the trace that its caller names."""
    from opentelemetry.propagate import extract  # noqa: PLC0415 - an extra
    from opentelemetry.trace import SpanKind  # noqa: PLC0415 - an extra

    def begun() -> None:
        name = "none" if request.url_rule is None else request.url_rule.rule
        given = {key: request.headers[key] for key in ("traceparent", "tracestate") if key in request.headers}
        g.entered = tracer.start_as_current_span(
            f"{request.method} {name}", context=extract(given), kind=SpanKind.SERVER, attributes={"http.route": name}
        )
        g.span = g.entered.__enter__()

    def ended(response: Response) -> Response:
        if "span" in g:
            g.span.set_attribute("http.response.status_code", response.status_code)
        return response

    def left(error: BaseException | None) -> None:
        if "entered" in g:
            g.pop("entered").__exit__(type(error) if error else None, error, None)

    app.before_request(begun)
    app.after_request(ended)
    app.teardown_request(left)
