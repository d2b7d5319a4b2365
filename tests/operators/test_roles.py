"""An owner may all, an operator all but choosing colleagues, a viewer only look."""

from newsletter.operators.roles import PERMISSIONS, Permission, Role, may


def test_every_role_is_in_the_matrix() -> None:
    assert set(PERMISSIONS) == set(Role)


def test_an_owner_may_do_everything() -> None:
    assert all(may(Role.OWNER, permission) for permission in Permission)


def test_an_operator_may_do_everything_but_choose_who_runs_the_service() -> None:
    assert [one for one in Permission if not may(Role.OPERATOR, one)] == [Permission.OPERATORS]


def test_a_viewer_looks_and_keeps_their_own_account() -> None:
    assert [one for one in Permission if may(Role.VIEWER, one)] == [Permission.ACCOUNT, Permission.LOOK]
