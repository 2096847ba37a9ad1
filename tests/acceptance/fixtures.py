"""Fixtures for tests of the real binaries; a failure shows the logs of the running services."""
import pytest

import harness


@pytest.fixture
def cluster():
    """Both services, for one test."""
    with harness.cluster_running() as running:
        yield running


@pytest.fixture
def empty_cluster():
    """A folder without services; stops the services that the test starts."""
    cluster = harness.Cluster()
    try:
        yield cluster
    except BaseException:
        cluster.close(check=False)
        raise
    cluster.close()


@pytest.fixture(scope="module")
def shared_cluster():
    """Both services, for all tests of a file."""
    with harness.cluster_running() as running:
        yield running


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed:
        for service in harness.Service.running:
            report.sections.append((f"log of {service.name}", service.log()))
