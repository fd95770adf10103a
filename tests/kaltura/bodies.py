"""Hand-written bodies in Kaltura's forms, and the fixed values that the client's tests share.

Nothing here is made with the product's code: these bodies fix the format.
"""

import base64
import json

BASE = "https://kaltura.example"
PARTNER = 1234567
# The two forms that a real KS has, and a short opaque one.
KS_2 = "djJ8MTIzNDU2N3zk3rHc0_fqP-9x2mYt7WbQeLr5uVnXoAiZsKdJgMhTyCRwEpB4v8N1a6lGjUODFxSI="
KS_1 = base64.b64encode(
    b"5f1d7a84db00d2fce00b31a7fc73224f123a5330|1234567;1234567;1790000000;2;17.1;admin;*"
).decode()
OPAQUE_KS = "opaque-ks-7"

SESSIONS_HEADER = (
    "entry_id,entry_name,parent_entry_id,cue_point_id,session_start_time,session_end_time,"
    "session_host_user_id,meeting_view_period_unique_users,meeting_engaged_play_time_ratio"
)
ATTENDEES_HEADER = (
    "entry_id,cue_point_id,user_id,user_name,user_email,user_type,"
    "meeting_view_time,meeting_engaged_play_time_ratio"
)
BREAKOUTS_HEADER = (
    "parent_entry_id,parent_entry_name,breakout_entry_id,breakout_entry_name,cue_point_id,"
    "session_initiator,session_start_time,session_end_time,duration,participant_count,"
    "engagement_rate"
)
ATTENDEE = "1_room0001,1_sess0001,amara,Amara Okafor,amara@uni.example,User,50.5,0.5"


def csv_body(*lines: str) -> bytes:
    """Return a body as the server writes it: with its mark, and a line feed after every line."""
    return b"\xef\xbb\xbf" + "".join(line + "\n" for line in lines).encode()


def json_error(code: str, message: str = "", **args: str) -> bytes:
    """Return an API error as format=1 gives it."""
    error = {"code": code, "message": message, "objectType": "KalturaAPIException", "args": args}
    return json.dumps(error).encode()


def xml_error(code: str, message: str = "", args: str = "") -> bytes:
    """Return an API error as it comes without format=1."""
    return (
        '<?xml version="1.0" encoding="utf-8"?><xml><result><error>'
        f"<code>{code}</code><message>{message}</message>"
        f"<objectType>KalturaAPIException</objectType><args>{args}</args>"
        "</error></result><executionTime>0.01</executionTime></xml>"
    ).encode()


def invalid_ks(inner_code: int, ks: str = KS_2) -> bytes:
    """Return INVALID_KS, which quotes the whole KS."""
    name = {-1: "INVALID_STR", -5: "EXPIRED", -6: "LOGOUT"}.get(inner_code, "OTHER")
    return json_error(
        "INVALID_KS",
        f'Invalid KS "{ks}", Error "{inner_code},{name}"',
        KSID=ks,
        ERR_CODE=str(inner_code),
        ERR_DESC=name,
    )


def session_body(partner: int = PARTNER, kind: int = 2, expiry: int = 1_800_000_000) -> bytes:
    """Return what session.get answers."""
    return json.dumps(
        {
            "ks": KS_2,
            "sessionType": kind,
            "partnerId": partner,
            "userId": "admin@uni.example",
            "expiry": expiry,
            "privileges": "disableentitlement",
            "objectType": "KalturaSessionInfo",
        }
    ).encode()
