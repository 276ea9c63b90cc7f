# Built as GitHub builds an action: classic builder, no arguments. The base is named by tag here;
# write its digest into both FROM lines of your copy, and Dependabot keeps it fresh from then on.
FROM python:3.13-slim-trixie AS build

WORKDIR /build
COPY requirements.txt ./
RUN python -m venv --without-pip /opt/genesis-ci \
 && python -m pip --python /opt/genesis-ci/bin/python --disable-pip-version-check install \
      --no-cache-dir --no-compile --require-hashes --only-binary :all: -r requirements.txt

COPY entrypoint.py /opt/genesis-ci/
COPY genesis_ci ./genesis_ci/
# Code checked by hash and never re-checked against its source: no time of the build is in it, so
# builds from the same base and lock file put the same bytes into /opt/genesis-ci.
RUN find . -name __pycache__ -prune -exec rm -r {} + \
 && cp -R genesis_ci /opt/genesis-ci/lib/python3*/site-packages/ \
 && printf '%s\n' '#!/opt/genesis-ci/bin/python -Iu' 'import sys' \
      'from genesis_ci.cli import main' 'sys.exit(main())' >/opt/genesis-ci/bin/genesis-ci \
 && chmod -R u+rwX,go+rX,go-w /opt/genesis-ci && chmod +x /opt/genesis-ci/bin/genesis-ci \
 && python -m compileall -q --invalidation-mode unchecked-hash /opt/genesis-ci/lib


FROM python:3.13-slim-trixie

LABEL org.opencontainers.image.title="genesis-ci" \
      org.opencontainers.image.description="Run an Autify Genesis workflow from a CI job and get a verdict you can trust." \
      org.opencontainers.image.licenses="MIT"

RUN PYTHONDONTWRITEBYTECODE=1 python -m pip uninstall --quiet --yes --root-user-action=ignore pip \
 && rm -rf /usr/local/lib/python3*/ensurepip

COPY --from=build /opt/genesis-ci /opt/genesis-ci
# Compiles what is used of the standard library, which the base leaves uncompiled.
RUN ln -s /opt/genesis-ci/bin/genesis-ci /usr/local/bin/genesis-ci \
 && /opt/genesis-ci/bin/python -I -c 'import genesis_ci.cli, genesis_ci.options, genesis_ci.app'

# No USER: GitHub's file commands belong to root. Isolated: a workspace's json.py is never imported.
ENTRYPOINT ["/opt/genesis-ci/bin/python", "-I", "-u", "/opt/genesis-ci/entrypoint.py"]
