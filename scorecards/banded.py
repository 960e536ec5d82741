"""The shape *bands*: an amount for the month by the band a figure lies in, an award or a reduction."""

from fractions import Fraction

from data_contracts.contract import Text
from metrics.catalogue import METRICS
from metrics.period import Period
from scorecards.bands import Band, band_of
from scorecards.figures import Figure, Figures
from scorecards.lines import Found
from scorecards.money import rounded, yuan
from scorecards.plan import Plan
from scorecards.shapes import Bands
from scorecards.sharing import Case, Verdict, cases, columns_of, settle, too_small


def band_lines(plan: Plan, rule: Bands, figures: Figures) -> Found:
    """The lines of one rule by bands in a pay month, and a judgement for everyone of its roles."""
    found = Found.nothing()
    for period in figures.periods(rule):
        for case in cases(rule, figures, period):
            settle(plan, rule, figures, period, case, _judge(rule, figures, period, case), found)
    return found


def _judge(rule: Bands, figures: Figures, period: Period, case: Case) -> Verdict:
    figure = figures.per(rule.metric, rule.per, case.subject_id, period, case.level)
    if figure is None:
        name = figures.name(rule.metric)
        return Verdict(outcome="no_figure", why=Text(f"{name.zh}没有数据，不计", f"{name.en} has no figure"))
    if small := too_small(rule, figure):
        return small
    judged = as_judged(figure, is_printed=rule.judged_on == "printed")
    band = band_of(rule.bands, judged)
    if band is None:
        held = held_near(rule.bands, figure, judged)
        why = Text(f"{figure.name.zh} {held}，不计", f"{figure.name.en} {held}, nothing is paid")
        return Verdict(outcome="not_reached", why=why)
    held, amount = held_in(band, figure, judged), band.amount_fen
    if amount == 0:
        why = Text(f"{figure.name.zh} {held}，此段不计", f"{figure.name.en} {held}, nothing in this band")
        return Verdict(outcome="kept", why=why)
    word = Text("奖励", "award") if amount > 0 else Text("扣减", "reduction")
    return Verdict(
        outcome="paid" if amount > 0 else "charged",
        why=Text(
            f"{figure.name.zh} {held}，{word.zh} {yuan(abs(amount))} 元",
            f"{figure.name.en} {held}: {word.en} {yuan(abs(amount))} yuan",
        ),
        exact_fen=Fraction(amount),
        kind="bonus" if amount > 0 else "kpi_reduction",
        evidence=figure.rows,
        columns=columns_of(figure, band.since if band.since is not None else band.until),
    )


def as_judged(figure: Figure, *, is_printed: bool) -> Fraction:
    """The exact figure, or the one that people read."""
    if not is_printed or figure.metric not in METRICS:
        return figure.shown
    places = METRICS[figure.metric].decimals + (2 if figure.is_rate else 0)
    return rounded(figure.shown, places)


def held_in(band: Band, figure: Figure, judged: Fraction) -> str:
    """``92.00 ≥ 90 且 < 93``: the figure and the edges of the band it lies in."""
    edges = []
    if band.since is not None:
        edges.append(f"{'>' if band.is_above else '≥'} {figure.limit_text(band.since)}")
    if band.until is not None:
        edges.append(f"{'≤' if band.is_upto else '<'} {figure.limit_text(band.until)}")
    nearest = band.since if band.since is not None else band.until
    return f"{figure.as_read(nearest or Fraction(0), judged)} {', '.join(edges)}"


def held_near(bands: tuple[Band, ...], figure: Figure, judged: Fraction) -> str:
    """The figure and the edge it does not reach, or is beyond."""
    above = [band for band in bands if band.begins_after(judged) and band.since is not None]
    if above:
        edge = above[0].since or Fraction(0)
        return f"{figure.as_read(edge, judged)} {'≤' if above[0].is_above else '<'} {figure.limit_text(edge)}"
    last = bands[-1]
    edge = last.until or Fraction(0)
    return f"{figure.as_read(edge, judged)} {'>' if last.is_upto else '≥'} {figure.limit_text(edge)}"
