"""What schemathesis can't invent: claims that are signed, orders that exist, tokens of cards. Each
generated body that fits the schema gets some, all or none of it, so that the calls reach the deep
code too; how often they did is counted. Which, follows from body and seed."""

import atexit
import collections
import hashlib
import itertools
import json
import os

import schemathesis

from shopper import (APPROVED, ASKS, DECLINED, PRIMER_ASKS, PRIMER_FAILS, Shopper, checkout, claim, count)

shopper = Shopper(os.environ["SERVER"], os.environ["STANDINS"], os.environ["BASE"])
ours = os.environ["OURS"] == "yes"
tally = collections.Counter()
last_payment = {}

# One thing wrong with a claim that is signed all the same.
SPOILT = itertools.cycle([
    lambda text: claim({"iss": text}),
    lambda text: claim({"exp": 1}),
    lambda text: claim({"aud": text}),
    lambda text: claim({"order": text}),
    lambda text: claim({"gateway": text, "capture": text, "language": text}),
    lambda text: claim({"parentOrigins": [text], "returnHosts": [text]}),
    lambda text: claim({"order": {"reference": text, "currency": text, "amount": 2**70, "lines": [text]}}),
    lambda text: claim({"order": {"reference": "x", "currency": "EUR", "amount": -1, "lines": []}}),
    lambda text: claim(head={"kid": text}),
    lambda text: claim(head={"alg": "none"}),
    lambda text: claim(secret="another-secret-of-another-shop-0001"),
])


def text_of(body, key):
    value = body.get(key)
    return value if isinstance(value, str) else ""


def open_checkout(body, way, pick):
    """POST /checkout."""
    text = text_of(body, "idempotencyKey")
    if way < 4:
        # What was generated goes into the database.
        body.update(checkout(mode=body["mode"], idempotencyKey=f"{text[:50]}{next(count)}"))
    elif way == 4:
        name = text_of(body, "successUrl") or "x"
        lines = [{"name": name, "quantity": 1, "amount": 1}]
        order = {"reference": text or "x", "currency": "JPY", "amount": 1, "lines": lines}
        body.update(checkout(checkoutClaim=claim({"order": order})))
    elif way == 5:
        body.update(checkout(checkoutClaim=next(SPOILT)(text)))
    elif way == 6:
        body["checkoutClaim"] = claim()


def pay(body, way, pick):
    """create_payment."""
    global last_payment
    if way == 7:
        return
    if way == 3 and last_payment:
        body.update(last_payment)
        return
    if ours:
        card = [APPROVED, DECLINED, ASKS][pick % 3]
        order, token = shopper.order(), shopper.token(card)
    else:
        card = [APPROVED, DECLINED, PRIMER_ASKS, PRIMER_FAILS][pick % 4]
        order, client_token = shopper.session()
        token = shopper.instrument(client_token, card)
    if way != 5:
        body["order_id"] = order
    if way != 4:
        body["payment_method_token"] = token
    if way < 3:
        last_payment = {"order_id": order, "payment_method_token": token}


def open_session(body, way, pick):
    """create_client_session."""
    if way < 5:
        body["pp_ident"] = ["price_shirt", "price_lamp", "price_cup"][pick % 3]
        body.update(region="default", integration_type="primer", email_address="jo@shop.example")
        body["external_id"] = text_of(body, "external_id") or "user-1"


def change_session(body, way, pick):
    """update_client_session."""
    if way < 5:
        order, client_token = shopper.session()
        body.update(order_id=order, client_token=client_token, pp_ident="price_lamp")


def resume(body, way, pick):
    """resume_payment."""
    if way < 6:
        order, token = shopper.asked(["approve", "refuse", "cancel"][pick % 3])
        body["order_id"] = order
        if way < 5:
            body["resume_token"] = token


def buy_again(body, way, pick):
    """one_click."""
    if way < 5:
        customer = f"user-{next(count)}"
        order, client_token = shopper.session(external_id=customer)
        token = shopper.instrument(client_token, APPROVED)
        shopper.post(f"{shopper.base}/checkout/create_payment", {"order_id": order, "payment_method_token": token})
        body.update(external_id=customer, pp_ident="price_cup")


FILLS = {
    "postCheckout": open_checkout, "create_payment": pay, "create_client_session": open_session,
    "update_client_session": change_session, "resume_payment": resume, "one_click": buy_again,
}


def name(case):
    return case.operation.definition.raw.get("operationId", case.operation.label)


@schemathesis.hook
def before_call(context, case, **kwargs):
    said = json.dumps(case.body, sort_keys=True, default=repr) + os.environ["SEED"]
    digest = hashlib.sha256(said.encode("utf-8", "surrogatepass")).digest()
    way, pick = digest[0] % 8, digest[1]
    if name(case) == "postCheckout":
        key = "sk_test_wrong" if digest[2] % 16 == 0 else "sk_test_demo"
        case.headers = dict(case.headers or {}) | {"Authorization": f"Bearer {key}"}
    valid = case.meta is None or case.meta.generation.mode.is_positive
    if valid and isinstance(case.body, dict) and name(case) in FILLS:
        FILLS[name(case)](case.body, way, pick)


@schemathesis.hook
def after_call(context, case, response):
    call = name(case)
    tally[f"{call} {response.status_code}"] += 1
    try:
        body = response.json()
    except ValueError:
        return
    body = body if isinstance(body, dict) else {}
    data = body.get("data") if isinstance(body.get("data"), dict) else body
    if data.get("action_required_token"):
        tally[f"{call} action"] += 1
    elif data.get("checkout_status"):
        tally[f"{call} {data['checkout_status']}"] += 1
    elif body.get("status") == "error":
        tally[f"{call} refused"] += 1
    elif body.get("status") == "success":
        tally[f"{call} success"] += 1


@atexit.register
def keep():
    with open(os.environ["TALLY"], "w") as file:
        json.dump(tally, file)
