"""Ask a vulnerability service about every version of the two lock files, by pip-audit.

    python scripts/audit.py [pypi|osv]

Exit code 0 only if the service answered for every package and knows no vulnerability: pip-audit alone also ends with 0
when the service knows none of the packages, as behind a proxy that answers 404 to everything. 1 is a vulnerability,
2 an audit that did not take place. Packages that are for another system only are not asked about here.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.lock", "requirements-dev.lock")

CLEAN, VULNERABLE, NOT_AUDITED = 0, 1, 2


def main(service: str = "pypi") -> int:
    locks = [word for lock in LOCKS for word in ("-r", str(ROOT / lock))]
    done = subprocess.run(
        # the lock files are the whole tree, so pip has nothing to resolve, and no index is asked
        [sys.executable, "-m", "pip_audit", *locks, "--require-hashes", "--disable-pip", "--vulnerability-service",
         service, "--progress-spinner", "off", "--format", "json"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    code, said = judged(done.stdout, done.stderr, service)
    print(said)
    return code


def judged(answer: str, complaint: str, service: str) -> tuple[int, str]:
    """Exit code and what to say, from standard output and standard error of pip-audit."""
    try:
        packages: list[dict[str, Any]] = json.loads(answer)["dependencies"]
    except ValueError:
        why = (complaint.strip().splitlines() or ["pip-audit said nothing"])[-1]
        reached = not re.search(r"connect|timeout|timed out|resol|HTTP", why, re.IGNORECASE)
        what = "did not run" if reached else f"could not reach its service ({service})"
        return NOT_AUDITED, f"The audit {what}, so nothing was audited: {why}"
    names = {package["name"] for package in packages}
    unknown = sorted({package["name"] for package in packages if "skip_reason" in package})
    found = sorted({_said(package, flaw) for package in packages for flaw in package.get("vulns", ())})
    if len(unknown) == len(names):
        return NOT_AUDITED, f"The audit could not reach its service ({service}): it answered for none of the packages."
    if unknown:
        found.append(f"The audit is not complete: {service} does not know {', '.join(unknown)}.")
        return VULNERABLE if len(found) > 1 else NOT_AUDITED, "\n".join(found)
    if found:
        return VULNERABLE, "\n".join(found)
    return CLEAN, f"{service} knows no vulnerability of the {len(names)} packages."


def _said(package: dict[str, Any], flaw: dict[str, Any]) -> str:
    corrected = ", ".join(flaw["fix_versions"]) or "no version yet"
    return f"{package['name']} {package['version']}: {flaw['id']}, corrected in {corrected}"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
