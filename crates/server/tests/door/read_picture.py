"""Reads a picture with the stock Huawei SDK, then makes every mistake that must not be charged.

Only environment variables point it at the server. Prints one JSON object.
"""
import base64
import json
import os
import sys

from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from huaweicloudsdkocr.v1 import GeneralTextRequestBody, OcrClient, RecognizeGeneralTextRequest
from huaweicloudsdkocr.v1.region.ocr_region import OcrRegion


def client(secret_key, region="cn-north-4", project=None):
    credentials = BasicCredentials(os.environ["INKMETER_AK"], secret_key, project)
    builder = OcrClient.new_builder().with_credentials(credentials)
    return builder.with_region(OcrRegion.value_of(region)).build()


def read(ocr, image):
    request = RecognizeGeneralTextRequest(body=GeneralTextRequestBody(image=image))
    try:
        response = ocr.recognize_general_text(request)
        return {"status": response.status_code, "words": [b.words for b in response.result.words_block_list],
                "request_id": response.x_request_id}
    except ClientRequestException as refused:
        return {"status": refused.status_code, "code": refused.error_code, "message": refused.error_msg,
                "request_id": refused.request_id}


def main(picture):
    secret_key = os.environ["INKMETER_SK"]
    with open(picture, "rb") as file:
        image = base64.b64encode(file.read()).decode()
    print(json.dumps({
        "right": read(client(secret_key), image),
        "wrong_secret": read(client("wrong" + secret_key[5:], project=os.environ["INKMETER_PROJECT"]), image),
        "not_enabled": read(client(secret_key, "cn-east-3"), image),
        "broken_picture": read(client(secret_key), base64.b64encode(b"this is no picture").decode()),
    }))


main(sys.argv[1])
