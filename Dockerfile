# Built as GitHub builds an action: classic builder, no arguments. The base is named by tag here;
# write its digest into the FROM line of your copy, and Dependabot keeps it fresh from then on.
FROM python:3.13-slim-trixie

LABEL org.opencontainers.image.title="genesis-ci" \
      org.opencontainers.image.description="Run an Autify Genesis workflow from a CI job and get a verdict you can trust." \
      org.opencontainers.image.licenses="MIT"

COPY . /opt/genesis-ci/
# One step, for each takes half a second where the image is built in the job. Code checked by hash
# and never re-checked against its source: no time of the build is in it, so builds from the same
# base and lock file put the same bytes into /opt/genesis-ci. The last lines compile what is used of
# the standard library, which the base leaves uncompiled; isolated, they do not see the variable.
# hadolint ignore=DL3003
RUN cd /opt/genesis-ci && export PYTHONDONTWRITEBYTECODE=1 \
 && install="python -m pip --disable-pip-version-check install --quiet --root-user-action=ignore \
      --no-cache-dir --no-compile --require-hashes --only-binary :all:" \
 && $install --target . -r requirements.txt \
 && $install --target /tmp/build -r requirements-build.txt \
 && PYTHONPATH=/tmp/build python -m babel.messages.frontend --quiet compile \
      --locale ja --input-file genesis_ci/locale/ja.po --output-file genesis_ci/locale/ja.mo \
 && python -m pip uninstall --quiet --yes --root-user-action=ignore pip \
 && find . -name __pycache__ -prune -exec rm -r {} + \
 && rm -rf bin /usr/local/lib/python3*/ensurepip /tmp/build genesis_ci/locale/*.po requirements*.txt \
 && mv entrypoint.py __main__.py \
 && printf '%s\n' '#!/usr/local/bin/python -Iu' 'import sys' 'sys.path.insert(0, "/opt/genesis-ci")' \
      'from genesis_ci.cli import program' 'program()' >/usr/local/bin/genesis-ci \
 && chmod -R u+rwX,go+rX,go-w . && chmod 755 /usr/local/bin/genesis-ci \
 && python -m compileall -q --invalidation-mode unchecked-hash . \
 && python -I . --version \
 && python -I -c 'import sys; sys.path.insert(0, "."); import genesis_ci.cli, genesis_ci.commands, genesis_ci.app, genesis_ci.document.strict_yaml'

# No USER: GitHub's file commands belong to root. Isolated: a workspace's json.py is never imported.
ENTRYPOINT ["/usr/local/bin/python", "-I", "-u", "/opt/genesis-ci"]
