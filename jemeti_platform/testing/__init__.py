"""The test kit for plugins, ours and others': installed with the platform, found by pytest by itself.

- ``plugin``: the fixtures ``settings``, ``database``, ``app``, ``platform``, ``tenant``, ``work``, ``api`` and others
- ``apps``: the application, booted and closed
- ``databases``: one PostgreSQL for a test run, a migrated template, a clone for each process
- ``workspaces``, ``api``: workspaces with people in them, and requests in their name
- ``contract``: ``ResourceContract``, the tests that every resource inherits
- ``sweep``: the isolation sweep, over every route and table there is
- ``samples``, ``values``, ``making``, ``rows``: records made from schemas and models
- ``round_trips``: what the database was asked, counted exactly
- ``running``: the platform in a process of its own, as people start it
- ``waiting``: until something is so, or somebody waits for a lock
- ``logs``: warnings and worse only
"""
