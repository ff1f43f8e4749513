"""The kernel's own manifest: what it guards and limits, said the way plugins say it."""

from __future__ import annotations

from .manifest import Limit, Manifest, Permission
from .platform import kernel_version

__all__ = ["KERNEL"]

KERNEL = Manifest(
    name="kernel",
    title="Workspace",
    version=kernel_version(),
    permissions=(
        Permission("users:read", "See users", ("manager",)),
        Permission("users:invite", "Invite users", sensitive=True),
        Permission("users:write", "Change, deactivate and reactivate users", sensitive=True),
        Permission("roles:read", "See roles and permissions", ("manager",)),
        Permission("roles:write", "Make and change roles", sensitive=True),
        Permission("api_keys:read", "See API keys"),
        Permission("api_keys:write", "Make, change, rotate and revoke API keys", sensitive=True),
        Permission("workspace:read", "See the workspace's profile", ("manager", "staff", "mechanic", "viewer")),
        Permission("workspace:write", "Change the workspace's profile"),
        Permission("numbering:read", "See number series and their gaps", ("manager",)),
        Permission("numbering:write", "Change how documents are numbered"),
        Permission("lifecycles:read", "See lifecycles and sub-states", ("manager", "staff", "mechanic", "viewer")),
        Permission("lifecycles:write", "Make and change sub-states", ("manager",)),
        Permission("audit:read", "See who changed what"),
        Permission("documents:read", "See how documents look, and those that were issued", ("manager",)),
        Permission("documents:write", "Change how documents look"),
        Permission("payslips:read", "See the payslips that were issued"),
        Permission("events:read", "Follow what happens, as a feed of events"),
        Permission("files:read", "See and download files", ("manager", "staff", "mechanic", "viewer")),
        Permission("files:write", "Send and delete files", ("manager", "staff", "mechanic")),
        Permission("messages:read", "See messages, their texts and who wants none", ("manager", "staff")),
        Permission("messages:write", "Word and switch messages, send them again", ("manager",)),
        Permission("exports:read", "See exports", ("manager", "staff")),
        Permission("exports:write", "Have lists exported that one may read", ("manager", "staff")),
        Permission("imports:read", "See imports", ("manager",)),
        Permission("imports:write", "Import files", ("manager",)),
        Permission("features:read", "See what is switched on, and why", ("manager", "staff", "mechanic", "viewer")),
        Permission("webhooks:read", "See webhooks and what they were sent"),
        Permission("webhooks:write", "Add, change and test webhooks"),
    ),
    limits=(
        Limit("users.max", "Users who are invited or active"),
        Limit("files.bytes", "Bytes of files, with their thumbnails"),
        Limit("webhooks.max", "Webhooks", default=20),
        Limit("messages.sms_per_month", "Short messages in a month, by segments"),
    ),
)
