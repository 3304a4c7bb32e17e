"""What stands in each log line: the id of the request, and for DJANGO_LOG_FORMAT=json all as JSON.

Promises: a line that is written while a request is answered names it; others name none.
"""

import json
import logging
import time
from datetime import UTC, datetime

from core.http.request_id import current_id


class RequestId(logging.Filter):
    """Lets each record through, with the id of the request that it was written in."""

    def filter(self, record: logging.LogRecord) -> bool:
        request_id = current_id(getattr(record, "request", None))
        record.request_id, record.of_request = request_id, f" [{request_id}]" if request_id else ""
        return True


class ConsoleFormatter(logging.Formatter):
    """Lines of all hosts and time zones sort together: their time is UTC, and says so."""

    converter = staticmethod(time.gmtime)
    default_msec_format = "%s.%03dZ"


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id := getattr(record, "request_id", ""):
            line["request_id"] = request_id
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
