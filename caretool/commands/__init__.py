"""One file per command, named after it; each has `run(session, …) -> Result`."""
