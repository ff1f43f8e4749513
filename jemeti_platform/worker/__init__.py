"""Work that is done later: jobs put into the queue by the transaction that wants them, run by `jemeti worker`.

- ``tasks``: what a plugin declares
- ``functions``: the SQL function through which jobs get into the queue
- ``running``: one job, run inside its workspace, with its effects exactly once
- ``queue``: the queue's own connection and statements, for what works off jobs without a worker
"""
