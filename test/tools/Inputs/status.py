"""Runs a command, and fails unless it ends with the exit status that the first argument says."""

import subprocess
import sys

wanted, *command = sys.argv[1:]
found = subprocess.run(command, check=False).returncode
if found != int(wanted):
    sys.exit(f"exit status {found}, expected {wanted}: {' '.join(command)}")
