"""The event that every benchmark sends: about 1 KB, some 30 leaves, seven of them personal, no running text."""

import orjson

_EVENT = {
    "type": "track",
    "event": "Order Completed",
    "messageId": "ajs-next-1699873629-a4b1",
    "userId": "usr_7f3a91",
    "anonymousId": "5f0c-77aa-b1e2",
    "timestamp": "2026-10-01T09:12:44.310Z",
    "context": {
        "ip": "203.0.113.77",
        "userAgent": "Mozilla/5.0 (Linux; Android 15; FP5) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile",
        "locale": "en-GB",
        "timezone": "Europe/London",
        "library": {"name": "analytics.js", "version": "4.11.2"},
        "page": {
            "path": "/checkout/done",
            "title": "Thank you",
            "referrer": "https://shop.example/cart?step=payment&campaign=autumn-sale",
        },
        "device": {"type": "phone", "manufacturer": "Fairphone", "model": "FP5"},
        "traits": {"email": "johanna.weber@example.com", "phone": "+44 20 7946 0958", "firstName": "Johanna"},
    },
    "properties": {
        "order_id": "A-100482",
        "currency": "GBP",
        "revenue": 48.5,
        "quantity": 3,
        "coupon": "AUTUMN-SALE",
        "affiliation": "Shop Example, London store",
        "payer": {"card": "4111 1111 1111 1111", "ssn": "123-45-6789", "iban": "GB33BUKB20201555555555"},
        "items": [{"sku": "TX-1", "price": 12.5}, {"sku": "TX-9", "price": 36.0}],
    },
}


def _leaves(value: object) -> int:
    if isinstance(value, dict):
        return sum(_leaves(one) for one in value.values())
    return sum(_leaves(one) for one in value) if isinstance(value, list) else 1


EVENT = orjson.dumps(_EVENT)
LEAVES = _leaves(_EVENT)
