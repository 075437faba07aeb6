# One image for every process; docker-compose.yml says which command each service runs.
FROM python:3.11-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
COPY requirements-bootstrap.lock requirements.lock ./
# Two environments: what builds stays behind in this stage.
RUN python -m venv /opt/build \
 && /opt/build/bin/pip install --quiet --require-hashes -r requirements-bootstrap.lock \
 && python -m venv /opt/mw \
 && /opt/mw/bin/pip install --quiet --require-hashes -r requirements.lock
COPY pyproject.toml README.md ./
COPY streams streams
COPY agents agents
COPY connectors connectors
COPY control control
RUN /opt/build/bin/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir /wheels . \
 && /opt/mw/bin/pip install --quiet --no-deps --no-index /wheels/*.whl

FROM python:3.11-slim
COPY --from=build /opt/mw /opt/mw
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/mw mw
ENV PATH=/opt/mw/bin:$PATH PYTHONUNBUFFERED=1 MW_HOME=/var/lib/mw/data MW_CACHE=/var/lib/mw/cache
USER 10001
WORKDIR /var/lib/mw
ENTRYPOINT ["mw"]
