"""Entitlements: what a workspace may use, who decided, and how it changes."""
