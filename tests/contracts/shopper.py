"""A shop's server and its shopper, as far as a valid call needs them: signs claims, opens orders,
turns test cards into tokens, answers the bank. Knows the published contracts and nothing else."""

import base64
import hashlib
import hmac
import itertools
import json
import re
import time

import requests

APPROVED, DECLINED = "4242424242424242", "4000000000000002"
# Checkout.com's card that asks, Primer's cards that ask, and the one whose processor fails.
ASKS, PRIMER_ASKS, PRIMER_FAILS = "4000000000003220", "4916994064252017", "4000000000000010"

HOST = "127.0.0.1:9"
count = itertools.count(int(time.time() * 1000))


def unpadded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def payload(jwt):
    """What a client or action token says."""
    part = jwt.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def claim(changes=None, head=None, secret="demo-claim-secret-of-the-demo-shop-0001"):
    """A signed checkoutClaim of the demo shop, with some of it changed."""
    now = int(time.time())
    body = {
        "iss": "demo", "aud": "fanfare-checkout", "iat": now, "exp": now + 900, "jti": f"jti-{next(count)}",
        "order": {"reference": f"ORD-{next(count)}", "currency": "EUR", "amount": 3500,
                  "lines": [{"name": "Linen shirt", "quantity": 1, "amount": 3500}]},
        "gateway": "checkout-com", "capture": "automatic", "language": "en",
        "parentOrigins": [f"http://{HOST}"], "returnHosts": [HOST],
    }
    body.update(changes or {})
    head = {"alg": "HS256", "kid": "demo"} | (head or {})
    signed = ".".join(unpadded(json.dumps(part).encode()) for part in (head, body))
    return f"{signed}.{unpadded(hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest())}"


def checkout(**changes):
    """A body of POST /checkout that can be opened."""
    return {"checkoutClaim": claim(), "mode": "hosted", "successUrl": f"http://{HOST}/thanks",
            "cancelUrl": f"http://{HOST}/cart", "idempotencyKey": f"key-{next(count)}"} | changes


class Shopper:
    """`server` is ours, `standins` the stand-ins, `base` what is under test."""

    def __init__(self, server, standins, base):
        self.server, self.standins, self.base = server, standins, base
        self.http = requests.Session()

    def post(self, url, body, **headers):
        answer = self.http.post(url, json=body, headers=headers, timeout=30)
        if answer.status_code >= 300:
            raise RuntimeError(f"{url}: {answer.status_code} {answer.text}")
        return answer.json()

    def order(self):
        """An order of ours."""
        url = f"{self.server}/checkout"
        return self.post(url, checkout(), authorization="Bearer sk_test_demo")["orderId"]

    def token(self, number):
        """A card token of Checkout.com."""
        card = {"type": "card", "number": number, "expiry_month": 12, "expiry_year": 2099, "cvv": "100"}
        return self.post(f"{self.standins}/checkout-com/tokens", card, authorization="pk_test_demo")["token"]

    def session(self, **changes):
        """A client session of FunnelFox's contract: the order and what its client token says."""
        body = {"region": "default", "integration_type": "primer", "pp_ident": "price_shirt",
                "external_id": f"user-{next(count)}", "email_address": "jo@shop.example"} | changes
        data = self.post(f"{self.base}/checkout/create_client_session", body)["data"]
        return data["order_id"], data["client_token"]

    def instrument(self, client_token, number):
        """A card token of Primer."""
        said = payload(client_token)
        card = {"number": number, "cvv": "123", "expirationMonth": "03", "expirationYear": "2099",
                "cardholderName": "Jane Doe"}
        return self.post(f"{said['pciUrl']}/payment-instruments", {"paymentInstrument": card},
                         **{"primer-client-token": said["accessToken"], "x-api-version": "2.4"})["token"]

    def asked(self, answer="approve"):
        """A payment whose bank was answered: its order and the token to resume it with."""
        order, client_token = self.session()
        body = {"order_id": order, "payment_method_token": self.instrument(client_token, PRIMER_ASKS)}
        paid = self.post(f"{self.base}/checkout/create_payment", body)["data"]
        action = payload(paid["action_required_token"])
        # The bank has a host of its own, which needs no name service here.
        place = re.match(r"http://([^/:]+)(:\d+)(/.*)", action["redirectUrl"])
        self.http.post(f"http://127.0.0.1{place[2]}{place[3]}", headers={"host": place[1] + place[2]},
                       data={"answer": answer, "password": "Checkout1!"}, timeout=30)
        status = self.http.get(action["statusUrl"], timeout=30,
                               headers={"primer-client-token": action["accessToken"]}).json()
        return paid["order_id"], status["id"]
