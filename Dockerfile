# One image for web, worker and beat; which of them it is, the command says.
FROM node:24-slim AS pages
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --omit=dev

FROM python:3.13-slim
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 DJANGO_SETTINGS_MODULE=config.settings.production
WORKDIR /srv/standing
COPY requirements.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements.txt
COPY . .
COPY --from=pages /src/node_modules ./node_modules
# The demo's settings need no secrets, and what is collected is the same.
RUN DJANGO_SETTINGS_MODULE=config.settings.demo STANDING_STATIC_ROOT=/srv/static \
        python manage.py collectstatic --noinput --verbosity 0 \
    && useradd --system --uid 10001 standing \
    && install -d -o standing -m 0700 /srv/data /srv/checkpoints
ENV STANDING_STATIC_ROOT=/srv/static STANDING_VAR=/srv/data
USER standing
EXPOSE 8000
CMD ["gunicorn", "config.wsgi:application", "--bind", "0.0.0.0:8000", "--preload", \
     "--worker-class", "config.web.Worker", "--logger-class", "config.web.Log", "--limit-request-line", "8190", "--workers", "3", "--threads", "4", "--access-logfile", "-"]
