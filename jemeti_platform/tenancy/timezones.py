"""The time zone a workspace begins with: the first that CLDR lists for its country."""

from __future__ import annotations

from babel.core import get_global

__all__ = ["timezone_of"]

# countries with several zones, where the list is not in the order people would expect
_CAPITALS = {
    "AR": "America/Argentina/Buenos_Aires",
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "CD": "Africa/Kinshasa",
    "CL": "America/Santiago",
    "CN": "Asia/Shanghai",
    "DE": "Europe/Berlin",
    "EC": "America/Guayaquil",
    "ES": "Europe/Madrid",
    "ID": "Asia/Jakarta",
    "KZ": "Asia/Almaty",
    "MX": "America/Mexico_City",
    "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland",
    "PT": "Europe/Lisbon",
    "RU": "Europe/Moscow",
    "UA": "Europe/Kyiv",
    "US": "America/New_York",
}


def timezone_of(country: str) -> str:
    """The IANA name of the zone most people of a country (ISO 3166 alpha-2) live in; UTC where CLDR lists none."""
    if country in _CAPITALS:
        return _CAPITALS[country]
    zones = [zone for zone, territory in get_global("zone_territories").items() if territory == country and "/" in zone]
    return min(zones) if zones else "UTC"
