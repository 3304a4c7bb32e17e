"""The addresses of probes and metrics, which `core.monitoring.middleware` answers early."""

from django.urls import path

from core.monitoring.health import livez, readyz
from core.monitoring.metrics import metrics

app_name = "monitoring"
urlpatterns = [
    path("livez", livez, name="livez"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
]
