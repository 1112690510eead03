"""Drives the stock Huawei SDKs: a request a line on standard input, an answer a line on standard output.

A request names the SDK, the method and its parameters; a body is given with the name of its class. `client` says how the
client is made, if not as everybody's is. The answer is what the SDK's own model of the response holds, or the SDK's own
exception, with the exchanges below it. Only environment variables point it at the server.
"""
import decimal
import importlib
import json
import os
import sys

from huaweicloudsdkcore.auth.credentials import BasicCredentials, GlobalCredentials
from huaweicloudsdkcore.exceptions.exceptions import ServiceResponseException
from huaweicloudsdkcore.http.http_handler import HttpHandler
from huaweicloudsdkcore.region.region import Region

SDKS = {
    "bss": ("huaweicloudsdkbss.v2", "BssClient", "huaweicloudsdkbss.v2.region.bss_region", "BssRegion", "cn-north-1"),
    "bssintl": ("huaweicloudsdkbssintl.v2", "BssintlClient", "huaweicloudsdkbssintl.v2.region.bssintl_region",
                "BssintlRegion", "ap-southeast-1"),
    "iam": ("huaweicloudsdkiam.v3", "IamClient", "huaweicloudsdkiam.v3.region.iam_region", "IamRegion",
            "cn-north-4"),
    "ocr": ("huaweicloudsdkocr.v1", "OcrClient", "huaweicloudsdkocr.v1.region.ocr_region", "OcrRegion",
            "cn-north-4"),
}
CLIENTS = {}
EXCHANGES = []


def keep(response, **_):
    """What went over the wire, for a comparison with what is documented."""
    request = response.request
    EXCHANGES.append({"method": request.method, "path": request.path_url, "text": response.text,
                      "status": response.status_code, "kind": response.headers.get("Content-Type", ""),
                      "request_id": response.headers.get("X-Request-Id"), "sent": dict(request.headers)})


def tamper(how):
    """Changes a request after it was signed."""
    def change(request, **_):
        if how == "body":
            request.body += b" " if isinstance(request.body, bytes) else " "
        elif how == "query":
            request.uri += "?more=1"
        elif how == "signed header":
            request.header_params["X-Sdk-Date"] = "20200101T000000Z"
        elif how == "missing header":
            authorization = request.header_params["Authorization"]
            request.header_params["Authorization"] = authorization.replace("SignedHeaders=", "SignedHeaders=x-absent;")
    return change


def client(sdk, keys, how):
    """A client of the SDK: of a region it knows, unless `how` says otherwise."""
    key = json.dumps([sdk, keys, how])
    if key not in CLIENTS:
        package, client_class, region_module, region_class, region = SDKS[sdk]
        module = importlib.import_module(package)
        credentials = (BasicCredentials if sdk == "ocr" else GlobalCredentials)(*keys, *how.get("ids", []))
        if "iam" in how:
            credentials = credentials.with_iam_endpoint(how["iam"])
        handler = HttpHandler().add_response_handler(keep).add_request_handler(tamper(how.get("tamper")))
        builder = getattr(module, client_class).new_builder()
        builder = builder.with_credentials(credentials).with_http_handler(handler)
        if "endpoint" in how:
            builder = builder.with_endpoint(how["endpoint"])
        elif "region" in how:
            builder = builder.with_region(Region(*how["region"]))
        else:
            known = getattr(importlib.import_module(region_module), region_class)
            builder = builder.with_region(known.value_of(how.get("region_id", region)))
        built = builder.build()
        if "headers" in how:
            built.preset_headers = how["headers"]
        CLIENTS[key] = module, built
    return CLIENTS[key]


def build(module, value):
    """Makes {"class": …, fields…} an object of the SDK's class, however deep it lies."""
    if isinstance(value, list):
        return [build(module, item) for item in value]
    if not isinstance(value, dict):
        return value
    fields = {name: build(module, item) for name, item in value.items() if name != "class"}
    return getattr(module, value["class"])(**fields) if "class" in value else fields


def plain(value):
    """The model's own fields; decimals as text, so that no digit is lost."""
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if hasattr(value, "openapi_types"):
        return {name: plain(getattr(value, name)) for name in value.openapi_types}
    return value


def answer(asked):
    module, sdk = client(asked["sdk"], asked["keys"], asked.get("client", {}))
    name = "".join(part.title() for part in asked["method"].split("_")) + "Request"
    request = getattr(module, name)(**build(module, asked.get("parameters", {})))
    try:
        response = getattr(sdk, asked["method"])(request)
    except ServiceResponseException as refused:
        return {"status": refused.status_code, "code": refused.error_code, "message": refused.error_msg,
                "request_id": refused.request_id}
    return {"status": response.status_code, **plain(response)}


for line in sys.stdin:
    EXCHANGES.clear()
    print(json.dumps({**answer(json.loads(line)), "exchanges": EXCHANGES}), flush=True)
