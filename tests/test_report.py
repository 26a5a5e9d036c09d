"""The page that people read, made from small inputs and opened in a real browser without a network."""

import json
import os
import re
import shutil
import time
import zipfile

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from eiplast import compare, netcdf, report, report_items, report_rows, report_runs

chromium = shutil.which("chromium") or shutil.which("chromium-browser")
driver_path = shutil.which("chromedriver")
in_browser = pytest.mark.skipif(
    not (chromium and driver_path),
    reason="needs Chromium and its driver: apt-get install chromium chromium-driver",
)

_set_below = {"setup", "n_of", "rounding", "only_by_rounding", "reason", "shown_by", "quote"}
_unset = {"summary", "test", "p", "q", "where"}
_fields = [c for c in compare.columns if c not in _set_below | _unset]
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
    rows.loc[3, ["where", "quote"]] = ["Fig. 1 caption", "the inhibitory rate decreases"]
    rows.to_csv(folder / "comparison.csv", index=False)
    for name in ("figure", "table"):
        (folder / name).mkdir()
    (folder / "figure/a_fig3.svg").write_text(_svg.format(colour="teal"))
    (folder / "figure/b_fig1.svg").write_text(_svg.format(colour="crimson"))
    table = {"scale": "tiny", "parameter": "Rise time", "symbol": "tau_r", "E": 8.0, "unit": "ms"}
    pd.DataFrame([table]).to_csv(folder / "table/b_tableS2.csv", index=False)
    made = {"device": "cpu: x86_64", "wall_time_s": 7.0}
    spec = {"W_EE": [5.0, 7.5], "rule": "<b>bold</b>"}
    netcdf.save(_dataset(3), folder / "one.nc", spec, **made)
    merged = [{"n_units": 256, "method": "backprop"}, {"n_units": 256, "method": "exact_inverse"}]
    netcdf.save(_dataset(4), folder / "two.nc", {}, specs=json.dumps(merged), **made)
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
        "in-process-gpu",
        "disable-dev-shm-usage",
        "disable-background-networking",
        "disable-component-update",
        "disable-sync",
        "no-first-run",
        # Pages of the address bar, and one in reserve: each would be a process.
        "disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup,SpareRendererForSitePerProcess",
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


def _until(done):
    """Wait for the page, which acts only after the browser has emptied the form or followed a link."""
    end = time.monotonic() + 10
    while not done() and time.monotonic() < end:
        time.sleep(0.05)
    assert done()


def _width(browser, pixels):
    size = {"width": pixels, "height": 800, "deviceScaleFactor": 1, "mobile": pixels < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def _find(browser, selector):
    return browser.find_element("css selector", selector)


def _shown(browser, column):
    """Texts of a column of both tables, of the rows that can be seen, from top to bottom."""
    cells = browser.find_elements("css selector", f".sortable tbody td:nth-child({column + 1})")
    return [cell.text for cell in cells if cell.is_displayed()]


def _first_lines(browser, key):
    """Of the cells of a column, what stands above the small print."""
    return [text.split("\n")[0] for text in _shown(browser, _column(key))]


def _column(key):
    return [name for name, *_ in report_rows.columns].index(key)


def test_words_of_a_docstring():
    words = report_items.words(
        "B Fig. 7 with other\nparameters.\n\nSet-\npoints dashed.", "b_fig7_authors"
    )
    assert words["paper"] == "b"
    assert words["label"] == "Fig. 7"
    assert words["title"] == "Fig. 7, authors"
    assert words["claim"] == "With other parameters."
    assert words["caption"] == "Set-points dashed."
    assert report_items.words("Not printed: regions.", "b_regions")["title"] == "Regions"
    assert report_items.words("A Appendix B.1: losses.", "a_appendixB1")["label"] == "Appendix B.1"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.456, "0.46 s"),
        (59, "59 s"),
        (127.3, "2.1 min"),
        (3000, "50 min"),
        (7200, "2 h"),
        (4e5, "111 h"),
    ],
)
def test_run_time_in_words(seconds, words):
    made = xr.Dataset(attrs={"wall_time_s": seconds, "device": "cpu: x86_64"})
    assert report_runs.facts("paper", [made], 1)["run time"] == words


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
    report_rows.share_out(rows, items)
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
    assert _painted(opened, images[0]) == [0, 128, 128, 255]


def _painted(browser, image):
    return browser.execute_script(
        "const image = arguments[0], canvas = new OffscreenCanvas(9, 9).getContext('2d');"
        "return image.decode().then(() => {"
        "  canvas.drawImage(image, 0, 0);"
        "  return [...canvas.getImageData(4, 4, 1, 1).data];"
        "})",
        image,
    )


@in_browser
def test_a_click_enlarges_a_figure(opened):
    large = _find(opened, "#large img")
    assert not large.is_displayed()
    _find(opened, "#b_fig1 button.figure").click()
    assert large.is_displayed()
    assert large.size["width"] > 384
    assert _painted(opened, large) == [220, 20, 60, 255]
    _find(opened, "#large button").click()
    assert not large.is_displayed()


@in_browser
def test_an_item_says_what_was_found_and_what_made_it(opened, page):
    article = _find(opened, "#b_fig1")
    assert "The paradoxical effect" in article.text
    facts = article.find_element("css selector", ".facts").text.replace("\n", " ")
    assert "Tiny scale, not the paper's: n = 3 or 4 seeds" in facts
    assert "device cpu: x86_64" in facts
    assert "run time 14 s, without the 2 runs merged here" in facts
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
def test_data_come_in_one_file(opened, page):
    def data(name):
        return _find(opened, f"#{name} a[download]").get_dom_attribute("href")

    assert data("a_fig3") == "one.nc"
    assert data("b_fig1") == "data/b_fig1.zip"
    with zipfile.ZipFile(page.parent / "data/b_fig1.zip") as packed:
        assert packed.namelist() == ["one.nc", "two.nc"]
        assert packed.read("two.nc") == (page.parent / "two.nc").read_bytes()


@in_browser
def test_the_first_screen_counts_and_names_what_differs(opened):
    tiles = _find(opened, ".tiles").text.replace("\n", " ")
    assert "3 hold as printed" in tiles
    assert "1 differ in every" in tiles
    assert "2 are not computed" in tiles
    overview = _find(opened, "#overview")
    bars = [row.text for row in overview.find_elements("css selector", ".bars tbody tr")]
    of_a = ["Fig. 3\n1 differ", "Table 1\n1 hold, 1 not computed"]
    assert bars == [*of_a, "Fig. 1\n2 hold", "Fig. 10\n1 not computed"]
    widths = [bar.size["width"] for bar in overview.find_elements("css selector", "tbody .bar > *")]
    assert min(widths) > 20
    assert "1 with the exact rule" in _find(opened, ".reasons").text
    assert "1 hold only because the print is rounded" in _find(opened, ".first").text


@in_browser
def test_a_link_finds_its_row_whatever_is_filtered(opened):
    _find(opened, "#text").send_keys("nothing like it")
    _find(opened, ".reasons a").click()
    row = _find(opened, "#row1")
    _until(row.is_displayed)
    top = opened.execute_script("return arguments[0].getBoundingClientRect().top", row)
    assert 0 <= top < opened.execute_script("return innerHeight") / 2


@in_browser
@pytest.mark.parametrize("words", ["fig 1b", "Fig. 1B", "figure 1b", "fig1b", " FIG.  1B "])
def test_search_reads_what_people_type(opened, words):
    _find(opened, "#text").send_keys(words)
    assert _first_lines(opened, "item") == ["Fig. 1B"]


@in_browser
def test_text_filters(opened):
    search = _find(opened, "#text")
    assert len(_first_lines(opened, "quantity")) == 6
    search.send_keys("TABLE 1, welch")
    assert _first_lines(opened, "quantity") == ["accuracy"]
    assert _find(opened, "#shown").text == "1 of 6 rows shown"
    counts = [box.text for box in opened.find_elements("css selector", ".count")]
    assert counts == ["1", "0", "0", "0", "0"]
    search.clear()
    search.send_keys("w_ie < 12")
    assert _first_lines(opened, "quantity") == ["W_IE < 12"]


@in_browser
def test_no_match_is_said_and_all_rows_come_back(opened):
    none, before = _find(opened, "#none"), _first_lines(opened, "quantity")
    assert not none.is_displayed()
    _find(opened, "#text").send_keys("fig 99")
    assert none.is_displayed()
    assert none.text.startswith("No match")
    _find(opened, "[name=paper][value=B]").click()
    _find(opened, "button[type=reset]").click()
    _until(lambda: not none.is_displayed())
    assert _first_lines(opened, "quantity") == before


@in_browser
def test_numbers_and_claims_have_tables_of_their_own(opened):
    def items(kind):
        return [cell.text for cell in opened.find_elements("css selector", f"#{kind} .item-cell")]

    assert items("number") == ["Fig. 3a", "Table 1", "Table 1", "Fig. 10"]
    assert items("claim") == ["Fig. 1B", "Fig. 1C"]


def test_the_entry_tells_a_number_from_a_claim():
    def kind(printed, **entry):
        return report_rows.kind({"printed": printed}, entry)

    assert kind("98.1") == kind("") == "number"
    assert kind("< 1") == kind("1", exact=True) == kind("1", holds="> 1") == "claim"


@in_browser
def test_a_row_says_what_it_rests_on(opened):
    reason = opened.find_elements("css selector", ".sortable .reason-cell > a")
    assert [link.get_dom_attribute("href") for link in reason] == ["one.nc"]
    assert _first_lines(opened, "reason")[0] == "with the exact rule: 4: one.nc"
    assert _shown(opened, _column("reproduced"))[1] == "98 ± 0.3\n10 seeds"
    assert _shown(opened, _column("rounding"))[1] == "± 0.05: it holds only by this"
    quantity = _shown(opened, _column("quantity"))[4]
    assert quantity == "change of I\nFig. 1 caption: the inhibitory rate decreases"


@in_browser
def test_verdict_and_paper_filter(opened):
    for verdict in ("differs", "not computed"):
        _find(opened, f"[name=verdict][value='{verdict}']").click()
    assert set(_first_lines(opened, "verdict")) == {"reproduced"}
    assert _first_lines(opened, "quantity") == ["accuracy", "change of I", "W_IE < 12"]
    _find(opened, "[name=paper][value=B]").click()
    assert _first_lines(opened, "quantity") == ["accuracy"]
    # A verdict that is not ticked still says how many rows it would bring back.
    counts = [box.text for box in opened.find_elements("css selector", ".count")]
    assert counts == ["1", "1", "0", "0", "1"]


def _heads(browser, kind):
    return browser.find_elements("css selector", f"#{kind} .sortable th")


@in_browser
def test_sorts_by_number_with_empty_cells_last_and_back(opened):
    before = _first_lines(opened, "quantity")
    head = _heads(opened, "number")[_column("reproduced")]
    button = head.find_element("css selector", "button")
    button.click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert _first_lines(opened, "reproduced")[:4] == ["4.1", "98 ± 0.3", "", ""]
    button.send_keys("\ue007")  # Enter: the keyboard alone is enough
    assert head.get_attribute("aria-sort") == "descending"
    assert _first_lines(opened, "reproduced")[:4] == ["98 ± 0.3", "4.1", "", ""]
    _find(opened, "button[type=reset]").click()
    _until(lambda: head.get_attribute("aria-sort") == "none")
    assert _first_lines(opened, "quantity") == before


@in_browser
def test_every_column_sorts(opened):
    for head in _heads(opened, "number"):
        head.find_element("css selector", "button").click()
        states = [other.get_attribute("aria-sort") for other in _heads(opened, "number")]
        assert states.count("ascending") == 1
        assert head.get_attribute("aria-sort") == "ascending"
    item = _column("item")
    _heads(opened, "number")[item].find_element("css selector", "button").click()
    assert _first_lines(opened, "item")[:4] == ["Fig. 3a", "Fig. 10", "Table 1", "Table 1"]


@in_browser
def test_a_row_leads_to_its_figure(opened):
    links = opened.find_elements("css selector", ".sortable .item-cell a")
    targets = [link.get_dom_attribute("href") for link in links]
    assert targets == ["#a_fig3", "#b_fig1", "#b_fig1"]
    for target in targets:
        assert opened.find_elements("css selector", f"article{target}")


@in_browser
def test_every_link_within_the_page_has_a_target(opened):
    links = opened.find_elements("css selector", "a[href^='#']")
    targets = {link.get_dom_attribute("href") for link in links}
    assert len(targets) > 8
    assert not [target for target in targets if not opened.find_elements("css selector", target)]


@in_browser
def test_the_keyboard_skips_to_the_content(opened):
    opened.switch_to.active_element.send_keys("\ue004")  # Tab
    skip = opened.switch_to.active_element
    assert skip.text == "Skip to the content"
    assert skip.location["x"] >= 0
    skip.send_keys("\ue007")
    assert opened.switch_to.active_element.get_dom_attribute("id") == "main"


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


def _dark(browser, on):
    scheme = {"name": "prefers-color-scheme", "value": "dark" if on else "light"}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})


@in_browser
@pytest.mark.parametrize("dark", [False, True])
def test_text_can_be_read_light_and_dark(opened, dark):
    """A contrast of 4.5 everywhere, as WCAG AA asks, against the nearest ground that is painted."""
    _dark(opened, dark)
    try:
        colours = opened.execute_script(_colours)
        grounds = opened.execute_script(
            "return [document.body, document.querySelector('.figure')]"
            ".map(e => getComputedStyle(e).backgroundColor)"
        )
    finally:
        _dark(opened, False)
    assert len(colours) > 100
    assert (_luminance(grounds[0]) < 0.05) == dark
    assert _luminance(grounds[1]) == pytest.approx(1)  # figures are drawn for white
    poor = {pair for pair in map(tuple, colours) if _contrast(*pair) < 4.5}
    assert not poor


_colours = """
return [...document.querySelectorAll("body *")].filter(e => e.checkVisibility()
    && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())).map(e => {
  let ground = e;
  while (ground !== document.body && getComputedStyle(ground).backgroundColor === "rgba(0, 0, 0, 0)")
    ground = ground.parentElement;
  return [getComputedStyle(e).color, getComputedStyle(ground).backgroundColor];
})"""


def _luminance(colour):
    parts = np.array([int(part) for part in re.findall(r"\d+", colour)[:3]]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def _contrast(*colours):
    dark, light = sorted(map(_luminance, colours))
    return (light + 0.05) / (dark + 0.05)


@in_browser
@pytest.mark.parametrize("pixels", [1400, 390])
def test_fits_its_window(opened, pixels):
    _width(opened, pixels)
    opened.execute_script("document.querySelectorAll('details').forEach(e => e.open = true)")
    width = opened.execute_script("return document.documentElement.scrollWidth")
    assert width <= pixels
    scrolls = opened.execute_script(
        "return [...document.querySelectorAll('.scroll, .figure, pre')]"
        ".filter(e => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1).length"
    )
    assert scrolls == 0
    assert _find(opened, ".sortable .note-cell").is_displayed()


@in_browser
def test_the_comparison_alone(opened, page):
    opened.get(page.with_name("comparison.html").as_uri())
    _find(opened, "#text").send_keys("fig. 1")
    assert _first_lines(opened, "item") == ["Fig. 10", "Fig. 1B", "Fig. 1C"]
    assert not opened.find_elements("css selector", "article, .item-cell a")
    assert opened.get_log("browser") == []


@in_browser
def test_runs_that_are_not_kept_are_named(chrome, page, tmp_path):
    for name in ("comparison.csv", "one.nc", "figure/b_fig1.svg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(page.parent / name, tmp_path / name)
    files = [str(tmp_path / name) for name in ("figure/b_fig1.svg", "figure/b_fig2.svg")]
    runs = json.dumps({"b_fig1": ["one.nc", "gone.nc"], "b_fig2": ["gone.nc"]})
    output = tmp_path / "report.html"
    report.main("tiny", str(output), str(tmp_path / "comparison.csv"), runs, *files)
    chrome.get(output.as_uri())
    article = _find(chrome, "#b_fig1")
    assert "1 of 2 runs; the others are not kept here" in article.text
    assert not article.find_elements("css selector", "a[download]")
    assert not chrome.find_elements("css selector", "#b_fig2")
    assert not (tmp_path / "data").exists()
