"""Addresses in Chinese, Japanese and Korean, from the province down to the number of the house."""

import re
from collections.abc import Iterator

from classifier.entities import Entity
from classifier.spans import LIKELY_SCORE, Span

RECOGNIZER = "names-streets"

_HAN = "[\u4e00-\u9fff]"
_DIGIT = "[0-9\uff10-\uff19一二三四五六七八九十百]"
# 北京市朝阳区建国路88号2单元301室
_CHINESE = (
    rf"(?:{_HAN}{{2,7}}?(?:省|自治区|特别行政区))?(?:{_HAN}{{2,8}}?市)?(?:{_HAN}{{1,8}}?[区區县縣])?{_HAN}{{1,10}}?[路街道巷弄村]"
    rf"{_DIGIT}{{1,6}}[号號弄](?:{_DIGIT}{{1,5}}(?:号楼|单元|栋|幢|楼|层|室|樓|室))*"
)
# 東京都新宿区西新宿2-8-1, 大阪府大阪市北区梅田3丁目1番3号
_JAPANESE = (
    rf"{_HAN}{{2,3}}?[都道府県]{_HAN}{{1,6}}?[市区町村郡](?:{_HAN}{{1,5}}?[区町村])?[\u3040-\u30ff\u4e00-\u9fff]{{0,10}}?"
    rf"{_DIGIT}{{1,4}}(?:(?:[-\u2212\uff0d\u30fc]|丁目|番地?|号|の){_DIGIT}{{0,4}}){{0,3}}"
)
# 서울시 강남구 테헤란로 152, 12층
_KOREAN = (
    r"[가-힣]{2,7}(?:시|도) (?:[가-힣]{1,5}[시군구] ){1,2}(?:[가-힣0-9]{1,10}[읍면동] )?[가-힣0-9]{1,12}(?:로|길|동)"
    r" ?[0-9]{1,5}(?:-[0-9]{1,4})?(?:번지)?(?:,? [0-9]{1,4}(?:동|층|호))*"
)
# Who lives there may stand right before it: 患者住北京市...
_ADDRESS = re.compile(f"(?:{_HAN}{{0,3}}[住在到于至])?({_CHINESE}|{_JAPANESE}|{_KOREAN})")
_SCRIPT = re.compile("[路街道巷弄村都府県시도]")


def find_eastern_addresses(text: str) -> Iterator[Span]:
    """Yield the addresses of a text that end with a number."""
    if _SCRIPT.search(text):
        for match in _ADDRESS.finditer(text):
            yield Span(*match.span(1), Entity.LOCATION, LIKELY_SCORE, RECOGNIZER)
