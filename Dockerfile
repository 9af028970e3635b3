# The wheel, its locked dependencies, and nothing else: no compiler, no uv, no embedded servers.

FROM python:3.13-slim AS build
ENV UV_PYTHON_DOWNLOADS=never \
    UV_PROJECT_ENVIRONMENT=/opt/cairn \
    UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
# Behind a proxy that reads TLS, its certificate comes as a secret: docs/installing.md says how.
RUN --mount=type=secret,id=certificates,target=/etc/ssl/certs/ca-certificates.crt \
    pip install --no-cache-dir uv
WORKDIR /build
# The dependencies first: they change less often than the code.
COPY pyproject.toml uv.lock ./
RUN --mount=type=secret,id=certificates,target=/etc/ssl/certs/ca-certificates.crt \
    uv sync --frozen --no-dev --no-install-project
COPY README.md LICENSE ./
COPY service service
COPY events events
COPY projections projections
COPY workers workers
COPY migrations migrations
RUN --mount=type=secret,id=certificates,target=/etc/ssl/certs/ca-certificates.crt \
    uv build --wheel --out-dir /tmp/wheel \
    && uv pip install --python /opt/cairn/bin/python --no-deps /tmp/wheel/*.whl

FROM python:3.13-slim
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin cairn \
    && install --directory --owner=cairn --group=cairn --mode=0700 /var/lib/cairn
COPY --from=build /opt/cairn /opt/cairn
ENV PATH=/opt/cairn/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    CAIRN_HOST=0.0.0.0 \
    CAIRN_VAR=/var/lib/cairn \
    CAIRN_LOG=info,json
USER 10001:10001
WORKDIR /var/lib/cairn
VOLUME /var/lib/cairn
EXPOSE 8000
ENTRYPOINT ["cairn"]
CMD ["serve"]
