"""Which rules run, and how hard: what the user asked for, and how old the catalogues are (docs/rules.md)."""

from dataclasses import replace
from functools import lru_cache

from schemas.rule_options import RuleOptions
from schemas.sat.frames import CATALOGS, edition
from schemas.spec import Rule, Severity

__all__ = ["apply_policy"]

_ONE_DOWN = {Severity.ERROR: Severity.WARNING, Severity.WARNING: Severity.INFO}


@lru_cache(maxsize=8)
def stale_catalogs(options: RuleOptions) -> frozenset[str]:
    """The catalogues older than twelve months on the day of the run: what they lack may simply be new."""
    if options.today is None:
        return frozenset()
    return frozenset(name for name in CATALOGS if edition(name, options.catalogs).is_stale(options.today))


def apply_policy(rule: Rule, options: RuleOptions) -> Rule | None:
    """The rule with the severity it has in this run; None where it does not run."""
    if not rule.essential and (rule.id in options.ignore or (options.only and rule.id not in options.only)):
        return None
    if rule.quiet and rule.id not in options.only:
        return None
    severity = rule.severity
    if rule.catalog in stale_catalogs(options):
        severity = _ONE_DOWN.get(severity, severity)
    if options.strict and severity is Severity.WARNING:
        severity = Severity.ERROR
    return rule if severity is rule.severity else replace(rule, severity=severity)
