"""Counting in Redis, for several processes together: each decision is one script, so one round trip and atomic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from limits.storage import RedisStorage

from jemeti_platform.platform import BootError

from .counters import Count, Want
from .policies import STORAGE_KEY

if TYPE_CHECKING:
    import redis

__all__ = ["RedisCounters"]

_TIMEOUT = 0.2
_CONNECTIONS = 64

# The library's strategies need a second round trip to say what remains, and cannot decide several limits as one.
_TAKE = b"""
local answer, all_fit = {}, true
for i, key in ipairs(KEYS) do
  local amount, cost = tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i])
  local used, left = tonumber(redis.call('GET', key) or 0), redis.call('PTTL', key)
  local fits = used + cost <= amount
  all_fit = all_fit and fits
  answer[i] = {fits and 1 or 0, used, math.max(left, 0)}
end
if not all_fit then return answer end
for i, key in ipairs(KEYS) do
  local window, cost = ARGV[3 * i - 1], tonumber(ARGV[3 * i])
  local used = redis.call('INCRBY', key, cost)
  if redis.call('PTTL', key) < 0 then redis.call('PEXPIRE', key, window) end
  answer[i] = {1, used, redis.call('PTTL', key)}
end
return answer
"""

_GIVE_BACK = b"""
local used, cost = tonumber(redis.call('GET', KEYS[1]) or 0), tonumber(ARGV[1])
if used > cost then redis.call('DECRBY', KEYS[1], cost) else redis.call('DEL', KEYS[1]) end
"""


class RedisCounters(RedisStorage):
    """The counters of `limits`' Redis storage, with our two scripts.

    Time is Redis' own, so the clocks of the processes do not matter. An answer is awaited for 0.2 s, not longer.
    Raises BootError for an address that cannot be read or a missing client library, not for a Redis that is away.
    """

    def __init__(self, address: str) -> None:
        try:
            super().__init__(address, connection_pool=_connections(address), key_prefix="jemeti")
        except ImportError as error:
            raise BootError(f"{STORAGE_KEY}: Redis needs its client library; install jemeti[redis].") from error
        except ValueError as error:
            raise BootError(f"{STORAGE_KEY}: write it like 'redis://host:6379/0'.") from error
        self._take = self.get_connection().register_script(_TAKE)
        self._give_back = self.get_connection().register_script(_GIVE_BACK)

    def take(self, wants: Sequence[Want]) -> list[Count]:
        keys = [self._name(want.shelf, want.key) for want in wants]
        arguments = [number for want in wants for number in (want.amount, want.seconds * 1000, want.cost)]
        return [Count(fits == 1, used, left / 1000) for fits, used, left in self._take(keys, arguments)]

    def give_back(self, shelf: str, key: str, cost: int) -> None:
        self._give_back([self._name(shelf, key)], [cost])

    def clear(self, shelf: str, key: str) -> None:  # type: ignore[override]
        self.get_connection().delete(self._name(shelf, key))

    def _name(self, shelf: str, key: str) -> str:
        return self.prefixed_key(f"{shelf}/{key}")


def _connections(address: str) -> redis.BlockingConnectionPool:
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    return redis.BlockingConnectionPool.from_url(
        address.replace("redis+unix://", "unix://"),
        max_connections=_CONNECTIONS,
        # Seconds to wait for a free connection; with a pool that does not wait, busy would look like away.
        timeout=5 * _TIMEOUT,
        socket_timeout=_TIMEOUT,
        socket_connect_timeout=_TIMEOUT,
        # Once more if a kept connection turns out to be dead (Redis was restarted); never after a time-out.
        retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
    )
