"""The OpenID AuthZEN Authorization API 1.0, answered by the packs' decisions."""
