"""Answers what the task SDK of Airflow makes of the value of a connection, a line of JSON for each.

{"value": "..."} is answered with the fields, or with the name of the exception;
{"salesforce": "..."} with the request that the Salesforce hook would send to log in, or with the
exception. Nothing is sent: what would send notes the request and stops there. Nothing is signed.
"""

import json
import logging
import os
import sys
import types
import urllib.parse

HOME = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HOME, "site"))

# The package `airflow` itself, which is not needed and wants a database.
parent = types.ModuleType("airflow")
parent.__path__ = [os.path.join(HOME, "site", "airflow")]
parent.__version__ = "3.3.2"
sys.modules["airflow"] = parent

import requests
import simple_salesforce.login
from airflow.providers.salesforce.hooks.salesforce import SalesforceHook
from airflow.sdk._shared.secrets_backend.base import BaseSecretsBackend
from airflow.sdk.definitions.connection import Connection

logging.disable(logging.CRITICAL)

FIELDS = ["conn_type", "description", "host", "login", "password", "schema", "port"]


class Sent(Exception):
    """A request that was about to be sent."""


def post(_session, url, data=None, **rest):
    if isinstance(data, str):
        flow = "organization" if "organizationId" in data else "token"
    else:
        flow = data["grant_type"]
    raise Sent(url, flow)


requests.Session.post = post
simple_salesforce.login.jwt = types.SimpleNamespace(encode=lambda *_, **__: "signed")
simple_salesforce.login.Path = lambda _: types.SimpleNamespace(read_bytes=lambda: b"key")
requests.post = lambda url, data=None, **rest: post(None, url, data, **rest)


def connection(value):
    return BaseSecretsBackend._deserialize_connection_value(Connection, "c", value)


def parsed(value):
    made = connection(value)
    # Through text and back, since `NaN` is not JSON elsewhere.
    fields = json.loads(
        json.dumps({name: getattr(made, name) for name in FIELDS}),
        parse_constant=lambda name: {"constant": name},
    )
    extra = made.extra
    if extra:
        try:
            fields["extra"] = [json.loads(extra, parse_constant=lambda name: {"constant": name})]
        except ValueError:
            fields["extra"] = "unreadable"
    return {"fields": fields}


def salesforce(value):
    made = connection(value)
    SalesforceHook.get_connection = classmethod(lambda cls, conn_id: made)
    try:
        SalesforceHook("c").conn
    except Sent as sent:
        return {"url": sent.args[0], "flow": sent.args[1]}
    return {"flow": "none"}


def text(answer):
    """Half of a surrogate pair is no text elsewhere."""
    line = json.dumps(answer, ensure_ascii=False)
    return "".join("\ufffd" if "\ud800" <= sign <= "\udfff" else sign for sign in line)


def answered(request):
    try:
        if "salesforce" in request:
            return salesforce(request["salesforce"])
        return parsed(request["value"])
    except Exception as error:
        return {"error": type(error).__name__}


sys.stdout.reconfigure(encoding="utf-8")
sys.stdin.reconfigure(encoding="utf-8")
# Later Pythons refuse what stands beside the brackets of a host.
print(json.dumps({"strict_brackets": hasattr(urllib.parse, "_check_bracketed_netloc")}), flush=True)
for line in sys.stdin:
    print(text(answered(json.loads(line))), flush=True)
