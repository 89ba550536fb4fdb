# durable-rules comes as C source, and only for Python below 3.13: it is compiled here, and what compiles it stays here.
FROM python:3.12-slim AS build
RUN apt-get update && apt-get install --yes --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
RUN python -m venv /opt/leeway
ENV PATH=/opt/leeway/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
COPY requirements*.txt ./
# PostgreSQL and Redis are extras, which the lock file of the tests pins too.
RUN awk '/^[a-z]/ { wanted = /^(psycopg|psycopg-binary|redis)==/ } wanted' requirements-test.txt > requirements-extras.txt
RUN pip install --require-hashes -r requirements-build.txt \
 && pip install --require-hashes --no-build-isolation --use-pep517 -r requirements.txt \
 && pip install --require-hashes --no-deps -r requirements-extras.txt
COPY . .
RUN pip install --no-deps --no-build-isolation --use-pep517 .

FROM python:3.12-slim
RUN useradd --system --uid 10001 --user-group --no-create-home leeway \
 && install --directory --owner=leeway --group=leeway --mode=0700 /var/lib/leeway /var/lib/leeway-keys
COPY --from=build /opt/leeway /opt/leeway
COPY rules /srv/leeway/rules
# The ledger and the keys lie apart, so that a copy of the one is no copy of the other.
ENV PATH=/opt/leeway/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    LEEWAY_HOST=0.0.0.0 \
    LEEWAY_PACKS=/srv/leeway/rules \
    LEEWAY_LEDGER=/var/lib/leeway/ledger.db \
    LEEWAY_KEYS=/var/lib/leeway-keys/keys.db \
    LEEWAY_CACHE=off
VOLUME ["/var/lib/leeway", "/var/lib/leeway-keys"]
WORKDIR /var/lib/leeway
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --start-interval=1s \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ.get('LEEWAY_PORT', '8080') + '/readyz', timeout=4)"]
ENTRYPOINT ["leeway"]
CMD ["serve"]
