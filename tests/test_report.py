"""The page that people read, made from small inputs and opened in a real browser without a network."""

import json
import os
import shutil

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from eiplast import compare, netcdf, report

chromium = shutil.which("chromium") or shutil.which("chromium-browser")
driver_path = shutil.which("chromedriver")
in_browser = pytest.mark.skipif(
    not (chromium and driver_path),
    reason="needs Chromium and its driver: apt-get install chromium chromium-driver",
)

_set_below = {"setup", "n_of", "rounding", "only_by_rounding", "reason", "shown_by", "quote"}
_fields = [c for c in compare.columns if c not in {*_set_below, "summary", "test", "where"}]
_rows = [
    ("A", "Fig. 3a", "fixed point", "4.0", "", "", 4.1, "", 1, 0.1, 0.05, 0.15, "differs", "exact"),
    (
        "A",
        "Table 1",
        "accuracy",
        "98.1",
        "0.2",
        10,
        98.0,
        0.3,
        10,
        -0.1,
        -0.4,
        0.2,
        "reproduced",
        "Welch",
    ),
    (
        "A",
        "Table 1",
        "no seeds",
        "98.3",
        "0.1",
        10,
        "",
        "",
        "",
        "",
        "",
        "",
        "not computed",
        "no run",
    ),
    (
        "B",
        "Fig. 1B",
        "change of I",
        "< 0",
        "",
        "",
        -5.3,
        0.1,
        12,
        -5.3,
        -5.4,
        -5.2,
        "reproduced",
        "t",
    ),
    (
        "B",
        "Fig. 1C",
        "W_IE < 12",
        "< 0",
        "",
        "",
        -20.0,
        0.1,
        12,
        -20.0,
        -21,
        -19,
        "reproduced",
        "t",
    ),
    (
        "B",
        "Fig. 10",
        "of no figure here",
        "3",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "not computed",
        "no run",
    ),
]
_svg = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="288pt" height="144pt" viewBox="0 0 288 144">'
    '<style>rect {{ fill: {colour} }}</style><rect width="288" height="144"/></svg>'
)


def _dataset(n_seeds):
    seed = xr.Variable("seed", np.arange(n_seeds), {"units": "1", "long_name": "seed"})
    rate = xr.Variable("seed", np.ones(n_seeds), {"units": "Hz", "long_name": "rate"})
    return xr.Dataset({"rate": rate}, coords={"seed": seed})


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """report.html of two figures, a table, two runs and the rows above."""
    folder = tmp_path_factory.mktemp("made_up")
    rows = pd.DataFrame(_rows, columns=_fields).assign(setup="text")
    rows = rows.reindex(columns=compare.columns).astype(object)
    rows.loc[0, ["reason", "shown_by"]] = ["with the exact rule: 4", "one.nc"]
    rows.loc[1, ["n_of", "rounding", "only_by_rounding"]] = ["seeds", 0.05, "yes"]
    rows.loc[3, "quote"] = "the inhibitory rate decreases"
    rows.to_csv(folder / "comparison.csv", index=False)
    for name in ("figure", "table"):
        (folder / name).mkdir()
    (folder / "figure/a_fig3.svg").write_text(_svg.format(colour="teal"))
    (folder / "figure/b_fig1.svg").write_text(_svg.format(colour="crimson"))
    table = {"scale": "tiny", "parameter": "Rise time", "symbol": "tau_r", "E": 8.0, "unit": "ms"}
    pd.DataFrame([table]).to_csv(folder / "table/b_tableS2.csv", index=False)
    netcdf.save(_dataset(3), folder / "one.nc", {"W_EE": [5.0, 7.5], "rule": "<b>bold</b>"})
    merged = [{"n_units": 256, "method": "backprop"}, {"n_units": 256, "method": "exact_inverse"}]
    netcdf.save(_dataset(4), folder / "two.nc", {}, specs=json.dumps(merged))
    runs = {"a_fig3": ["one.nc"], "b_fig1": ["one.nc", "two.nc"], "b_tableS2": ["two.nc"]}
    files = ["figure/a_fig3.svg", "figure/b_fig1.svg", "table/b_tableS2.csv"]
    report.main(
        "tiny",
        str(folder / "report.html"),
        str(folder / "comparison.csv"),
        json.dumps(runs),
        *(str(folder / file) for file in files),
    )
    return folder / "report.html"


@pytest.fixture(scope="module")
def chrome(tmp_path_factory):
    """A headless Chromium that keeps nothing, with its own log and that of its requests."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in (
        "headless",
        "disable-gpu",
        "disable-dev-shm-usage",
        "disable-background-networking",
        "disable-component-update",
        "disable-sync",
        "no-first-run",
        f"user-data-dir={tmp_path_factory.mktemp('chromium')}",
    ):
        options.add_argument(f"--{argument}")
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # Chromium's sandbox refuses root, whom containers use
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service(driver_path))
    yield browser
    browser.quit()


@pytest.fixture
def opened(chrome, page):
    """The page as it is when it has just been opened, 1200 pixels wide."""
    _width(chrome, 1200)
    chrome.get("about:blank")
    for log in ("browser", "performance"):
        chrome.get_log(log)
    chrome.get(page.as_uri())
    return chrome


def _width(browser, pixels):
    size = {"width": pixels, "height": 800, "deviceScaleFactor": 1, "mobile": pixels < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def _find(browser, selector):
    return browser.find_element("css selector", selector)


def _shown(browser, column):
    """Texts of a column of the comparison, of the rows that can be seen, from top to bottom."""
    cells = browser.find_elements("css selector", f"#numbers tbody td:nth-child({column + 1})")
    return [cell.text for cell in cells if cell.is_displayed()]


def _column(key):
    return [name for name, *_ in report.columns].index(key)


def test_words_of_a_docstring():
    words = report.words(
        "B Fig. 7 with other\nparameters.\n\nSet-\npoints dashed.", "b_fig7_authors"
    )
    assert words["paper"] == "b"
    assert words["label"] == "Fig. 7"
    assert words["title"] == "Fig. 7, authors"
    assert words["claim"] == "With other parameters."
    assert words["caption"] == "Set-points dashed."
    assert report.words("Not printed: regions.", "b_regions")["title"] == "Regions"
    assert report.words("A Appendix B.1: losses.", "a_appendixB1")["label"] == "Appendix B.1"


def test_rows_go_to_the_items_that_they_are_about():
    def item(name, label, *sources):
        fields = {"name": name, "paper": name[0], "label": label, "sources": sources, "rows": []}
        return fields | {"kind": "table" if "table" in name else "figure"}

    def row(item, source):
        return {"paper": "B", "item": item, "source": source}

    items = [
        item("b_fig1", "Fig. 1", "one.nc"),
        item("b_fig7", "Fig. 7", "text.nc"),
        item("b_fig7_authors", "Fig. 7", "code.nc"),
        item("b_figS8", "Fig. S8", "map.nc"),
        item("b_regions", None, "map.nc", "other.nc"),
        item("a_fig1", "Fig. 1", "one.nc"),
    ]
    rows = [
        row("Fig. 1B", None),
        row("Fig. 10", None),
        row("Fig. 7L", "code.nc"),
        row("SI Eq. (2)", "map.nc"),
    ]
    report.share_out(rows, items)
    assert [row["place"] for row in rows] == ["b_fig1", None, "b_fig7_authors", "b_figS8"]
    assert [len(item["rows"]) for item in items] == [1, 0, 1, 1, 0, 0]


@in_browser
def test_a_figure_is_seen(opened):
    images = opened.find_elements("css selector", "article img")
    assert len(images) == 2
    for image in images:
        assert image.is_displayed()
        assert opened.execute_script("return arguments[0].naturalWidth", image) == 384
        assert image.size == {"width": 384, "height": 192}
    # What the browser paints is the figure and not a placeholder.
    colour = opened.execute_script(
        "const canvas = new OffscreenCanvas(9, 9).getContext('2d');"
        "canvas.drawImage(arguments[0], 0, 0);"
        "return [...canvas.getImageData(4, 4, 1, 1).data]",
        images[0],
    )
    assert colour == [0, 128, 128, 255]


@in_browser
def test_an_item_says_what_was_found_and_what_made_it(opened):
    article = _find(opened, "#b_fig1")
    assert "The paradoxical effect" in article.text
    assert "Tiny scale, not the paper's: n = 3 or 4 seeds" in article.text
    found, made = article.find_elements("css selector", "details")
    assert "2 reproduced" in found.text
    assert not found.find_element("css selector", "table").is_displayed()
    for details in (found, made):
        details.find_element("css selector", "summary").click()
    assert "change of I" in found.text
    links = [link.get_dom_attribute("href") for link in made.find_elements("css selector", "a")]
    assert links == ["one.nc", "two.nc"]
    assert "W_EE: [5.0, 7.5]" in made.text
    assert "rule: <b>bold</b>" in made.text
    assert made.text.count("n_units: 256") == 1
    assert "method: exact_inverse" in made.text
    assert "tau_r" in _find(opened, "#b_tableS2 table").text


@in_browser
def test_text_filters(opened):
    search, quantity = _find(opened, "#text"), _column("quantity")
    assert len(_shown(opened, quantity)) == 6
    search.send_keys("TABLE 1, welch")
    assert _shown(opened, quantity) == ["accuracy"]
    assert _find(opened, "#shown").text == "1 of 6 shown"
    counts = [box.text for box in opened.find_elements("css selector", ".count")]
    assert counts == ["1", "0", "0", "0", "0"]
    search.clear()
    search.send_keys("w_ie < 12")
    assert _shown(opened, quantity) == ["W_IE < 12"]


@in_browser
def test_a_row_says_what_it_rests_on(opened):
    reason = opened.find_elements("css selector", "#numbers .reason a")
    assert [link.get_dom_attribute("href") for link in reason] == ["one.nc"]
    assert _shown(opened, _column("reason"))[0] == "with the exact rule: 4: one.nc"
    assert _shown(opened, _column("n"))[1] == "10 seeds"
    assert _shown(opened, _column("rounding"))[1] == "± 0.05: it holds only by this"
    assert "the inhibitory rate decreases" in _shown(opened, _column("note"))[3]


@in_browser
def test_verdict_and_paper_filter(opened):
    for verdict in ("differs", "not computed"):
        _find(opened, f"[name=verdict][value='{verdict}']").click()
    assert set(_shown(opened, _column("verdict"))) == {"reproduced"}
    assert _shown(opened, _column("quantity")) == ["accuracy", "change of I", "W_IE < 12"]
    _find(opened, "[name=paper][value=B]").click()
    assert _shown(opened, _column("quantity")) == ["accuracy"]
    # A verdict that is not ticked still says how many rows it would bring back.
    counts = [box.text for box in opened.find_elements("css selector", ".count")]
    assert counts == ["1", "1", "0", "0", "1"]


@in_browser
def test_sorts_by_number_with_empty_cells_last(opened):
    column = _column("reproduced")
    head = opened.find_elements("css selector", "#numbers th")[column]
    button = head.find_element("css selector", "button")
    up = ["-20 ± 0.1", "-5.3 ± 0.1", "4.1", "98 ± 0.3"]
    button.click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert _shown(opened, column) == [*up, "", ""]
    button.send_keys("\ue007")  # Enter: the keyboard alone is enough
    assert head.get_attribute("aria-sort") == "descending"
    assert _shown(opened, column) == [*reversed(up), "", ""]


@in_browser
def test_every_column_sorts(opened):
    for head in opened.find_elements("css selector", "#numbers th"):
        head.find_element("css selector", "button").click()
        states = [
            other.get_attribute("aria-sort")
            for other in opened.find_elements("css selector", "#numbers th")
        ]
        assert states.count("ascending") == 1
        assert head.get_attribute("aria-sort") == "ascending"
    item = _column("item")
    opened.find_elements("css selector", "#numbers th button")[item].click()
    assert _shown(opened, item)[:4] == ["Fig. 1B", "Fig. 1C", "Fig. 3a", "Fig. 10"]


@in_browser
def test_a_row_leads_to_its_figure(opened):
    links = opened.find_elements("css selector", "#numbers tbody .item a")
    targets = [link.get_dom_attribute("href") for link in links]
    assert targets == ["#a_fig3", "#b_fig1", "#b_fig1"]
    for target in targets:
        assert opened.find_elements("css selector", f"article{target}")


@in_browser
def test_no_request_leaves_the_page_and_nothing_goes_wrong(opened, page):
    messages = [json.loads(entry["message"])["message"] for entry in opened.get_log("performance")]
    urls = {
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    }
    assert page.as_uri() in urls
    assert {url.split(":")[0] for url in urls} <= {"file", "data"}
    assert {url for url in urls if url.startswith("file:")} == {page.as_uri()}
    assert opened.execute_script("return performance.getEntriesByType('resource').length") == 0
    assert opened.get_log("browser") == []


@in_browser
def test_the_page_forbids_requests(opened):
    blocked = opened.execute_async_script(
        "const done = arguments[0];"
        "document.addEventListener('securitypolicyviolation', e => done(e.effectiveDirective));"
        "fetch('http://127.0.0.1:9/').catch(() => {});"
    )
    assert blocked == "connect-src"


@in_browser
@pytest.mark.parametrize("pixels", [1200, 400])
def test_fits_its_window(opened, pixels):
    _width(opened, pixels)
    for details in opened.find_elements("css selector", "details > summary"):
        details.click()
    width = opened.execute_script("return document.documentElement.scrollWidth")
    assert width <= pixels
    assert _find(opened, "#numbers .note").is_displayed()


@in_browser
def test_the_comparison_alone(opened, page):
    opened.get(page.with_name("comparison.html").as_uri())
    _find(opened, "#text").send_keys("fig. 1")
    assert _shown(opened, _column("item")) == ["Fig. 1B", "Fig. 1C", "Fig. 10"]
    assert not opened.find_elements("css selector", "article, .item a")
    assert opened.get_log("browser") == []
