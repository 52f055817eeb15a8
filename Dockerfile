FROM python:3.12-slim

RUN useradd --create-home --uid 1000 agent
WORKDIR /app

# What is installed changes less often than the profiles, so it has a layer of its own.
COPY pyproject.toml README.md LICENSE ./
COPY schema schema
COPY voice_agent voice_agent
RUN pip install --no-cache-dir .

COPY agent.py ./
COPY profiles profiles

USER agent
ENV PYTHONUNBUFFERED=1 AGENT_PROFILE=uninterruptable
EXPOSE 8081
CMD ["python", "agent.py", "start"]
