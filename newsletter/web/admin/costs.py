"""What translating costs: what engines were asked, day by day, and what today's budgets leave."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from newsletter.runtime.translations import COST_DAYS
from newsletter.translation.costs import sum_money
from newsletter.translation.origin import name_engine
from newsletter.web.admin.session import Looking
from newsletter.web.site import CurrentSite

router = APIRouter()


@router.get("/translations/cost")
def show_cost(operator: Looking, site: CurrentSite) -> HTMLResponse:
    """Show what each engine was asked, day by day, in money where a price is set, and what is left for today."""
    costs = site.runtime.list_translation_costs()
    return site.page(
        "admin/cost.html",
        operator=operator,
        costs=costs,
        sums=sum_money(cost.money for cost in costs),
        allowances=site.runtime.list_allowances(),
        name_engine=name_engine,
        days=COST_DAYS,
    )
