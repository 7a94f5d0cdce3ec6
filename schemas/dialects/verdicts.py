"""What answers mean, in every generation: the documents give one table of statuses and one of codes (docs/api.md 1.2).

ADR 0003 gives the reason for each choice they leave open.
"""

from schemas.dialects.spec import Verdict, VerdictTable

__all__ = ["READ", "WRITE"]

WRITE = VerdictTable(
    status={
        "2xx": Verdict.DONE,  # when the body proves it: an object with an id
        "3xx": Verdict.STOP,
        "401": Verdict.STOP,
        "402": Verdict.STOP,
        "403": Verdict.STOP,
        "405": Verdict.STOP,  # no record is to blame: the address or the dialect
        "408": Verdict.IN_DOUBT,  # somebody stopped waiting; that says nothing of the work
        "409": Verdict.EXISTS,
        "429": Verdict.RETRY,  # ASSUMED turned away before it was carried out, 1.2
        "4xx": Verdict.REFUSED,
        "5xx": Verdict.IN_DOUBT,
    },
    foreign={
        "2xx": Verdict.IN_DOUBT,
        "3xx": Verdict.STOP,
        "401": Verdict.STOP,
        "403": Verdict.STOP,
        "404": Verdict.STOP,  # a web server that is not the API: a wrong address
        "405": Verdict.STOP,
        "429": Verdict.RETRY,
        "4xx": Verdict.IN_DOUBT,  # a proxy's own words; what lies behind it may have done the work
        "5xx": Verdict.IN_DOUBT,
    },
    code={
        "unauthorized": Verdict.STOP,
        "invalid_token": Verdict.STOP,
        "forbidden": Verdict.STOP,
        "insufficient_permissions": Verdict.STOP,
        "resource_already_exists": Verdict.EXISTS,
        "resource_conflict": Verdict.EXISTS,
        "rate_limit_exceeded": Verdict.RETRY,
        "external_service_error": Verdict.IN_DOUBT,
        "payment_processor_error": Verdict.IN_DOUBT,
        "internal_server_error": Verdict.IN_DOUBT,
        "service_unavailable": Verdict.IN_DOUBT,
        "database_error": Verdict.IN_DOUBT,
        "data_integrity_error": Verdict.IN_DOUBT,
        "validation_failed": Verdict.REFUSED,
        "invalid_request_body": Verdict.REFUSED,
        "missing_required_field": Verdict.REFUSED,
        "invalid_field_value": Verdict.REFUSED,
        "resource_not_found": Verdict.REFUSED,
        "business_rule_violation": Verdict.REFUSED,
        "operation_not_allowed": Verdict.REFUSED,
        "cfdi_service_error": Verdict.REFUSED,
        "file_not_found": Verdict.REFUSED,
        "file_upload_error": Verdict.REFUSED,
        "invalid_file_format": Verdict.REFUSED,
    },
)

READ = VerdictTable(  # a read changes nothing: whatever may pass is tried again
    status={
        "2xx": Verdict.DONE,
        "3xx": Verdict.STOP,
        "401": Verdict.STOP,
        "402": Verdict.STOP,
        "403": Verdict.STOP,
        "408": Verdict.RETRY,
        "425": Verdict.RETRY,
        "429": Verdict.RETRY,
        "4xx": Verdict.REFUSED,
        "5xx": Verdict.RETRY,
    },
    foreign={
        "3xx": Verdict.STOP,
        "401": Verdict.STOP,
        "403": Verdict.STOP,
        "404": Verdict.REFUSED,
        "405": Verdict.REFUSED,
        "2xx": Verdict.RETRY,
        "4xx": Verdict.RETRY,
        "5xx": Verdict.RETRY,
    },
    code={
        "unauthorized": Verdict.STOP,
        "invalid_token": Verdict.STOP,
        "forbidden": Verdict.STOP,
        "insufficient_permissions": Verdict.STOP,
        "rate_limit_exceeded": Verdict.RETRY,
        "service_unavailable": Verdict.RETRY,
        "external_service_error": Verdict.RETRY,
        "internal_server_error": Verdict.RETRY,
        "database_error": Verdict.RETRY,
    },
)
